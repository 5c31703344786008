declare module '*.sql' {
  const text: string
  export default text
}

/** A file inside the executable; what is imported is its path. */
declare module '*.js' {
  const path: string
  export default path
}

declare module '*.css' {
  const path: string
  export default path
}
