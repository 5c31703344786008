/** No answer to anybody holds these: traces, source paths, SQL, and what proves a key. */
export const NEVER_SHOWN = [/\bat .*\.ts:\d/, /node_modules/, /sqlite/i, /bcrypt/i, /\$2[aby]\$/, /verifier/]
