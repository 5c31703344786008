// Imported first by main.ts. `bun build --compile` inlines NODE_ENV at build time, but Elysia reads it when
// it starts, finds it undefined in the executable and takes itself for a development server.
process.env.NODE_ENV ??= 'production'
