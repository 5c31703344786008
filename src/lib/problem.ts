/** What is wrong with one field, in words that go behind its name: "must be …". */
export type Problem = { field: string; message: string }
