export { findBinary, requireBinary } from './servers/binaries.js';
export { freePort } from './servers/free-port.js';
export { startMariaDb } from './servers/mariadb.js';
export { startPostgres, type DatabaseServerOptions } from './servers/postgres.js';
export { isAlive, processTree, signalProcess } from './servers/process-tree.js';
export { startRedis, startRedisCluster, startTlsRedisCluster } from './servers/redis.js';
export { ServerProcess, type ServerOptions, type ServerRecipe } from './servers/server-process.js';
export { sweepWorkspaces } from './servers/workspace.js';
