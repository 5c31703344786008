import './durable/thread.ts'
