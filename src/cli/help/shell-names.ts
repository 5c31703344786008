/** The shells that we complete in. */
export const SHELL_NAMES = ['bash', 'zsh', 'fish'] as const
