import './workflows/json-schema/thread.ts'
