import { FOLDERS } from './candidates.ts'
import type { SHELL_NAMES } from './shell-names.ts'

/**
 * For each shell, the script that asks us at each Tab. Our own, because those of @bomb.sh/tab (and of cobra, which they
 * come from) give what was typed to `eval`: a command substitution on the line would run at Tab.
 */
export const SHELLS: Readonly<Record<(typeof SHELL_NAMES)[number], (program: string) => string>> = {
  bash,
  zsh,
  fish,
}

// --- internal ---

/** The `=` of --flag=value and colons end a word of bash; what comes back is for the last word alone. */
function bash(program: string): string {
  return `# keyward: completions for bash. To have them in every shell: source <(keyward completions bash), in ~/.bashrc
_keyward() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ${FOLDERS} ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "\${COMP_WORDS[COMP_CWORD]}")
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(${program} complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _keyward keyward`
}

function zsh(program: string): string {
  return `#compdef keyward
# keyward: completions for zsh. To have them in every shell: source <(keyward completions zsh), in ~/.zshrc after compinit
_keyward() {
  local line
  local -a found
  while IFS= read -r line; do
    if [[ $line == ${FOLDERS} ]]; then
      _files -/
      return
    fi
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(${program} complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  compset -P '*='
  _describe -V keyward found
}
if [ "$funcstack[1]" = "_keyward" ]; then _keyward "$@"; else compdef _keyward keyward; fi`
}

/** Fish understands our lines as they are; after --flag= it wants the flag in front of each. */
function fish(program: string): string {
  return `# keyward: completions for fish
function __keyward_complete
    set -l last (commandline -ct)
    set -l words (commandline -opc)
    set -l flag (string match -r -- '^--[a-z-]+=' "$last")
    for line in (${program} complete -- $words[2..] "$last" 2>/dev/null)
        if test "$line" = '${FOLDERS}'
            __fish_complete_directories "$last"
        else
            echo "$flag$line"
        end
    end
end
complete -c keyward -e
complete -c keyward -f -k -a '(__keyward_complete)'`
}
