import './json-schema/thread.ts'
