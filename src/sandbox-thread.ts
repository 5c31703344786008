import './sandbox/thread.ts'
