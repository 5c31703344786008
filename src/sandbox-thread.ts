import './workflows/sandbox/thread.ts'
