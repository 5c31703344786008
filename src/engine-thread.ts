import './workflows/engine/thread.ts'
