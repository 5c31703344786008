/** What is wrong with one field, in words that follow its name: "must be …". */
export type Problem = { field: string; message: string }
