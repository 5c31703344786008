/** Gives a file to the one who looks at the page. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  // The browser has it by then.
  setTimeout(URL.revokeObjectURL, 60_000, link.href)
}
