// A program that embeds the server with rate limits of its own; tells its starter where it listens, and ends with it.
import { createServer } from '../../dist/src/app.js';
import { loadConfig } from '../../dist/src/config/index.js';

const rules = [
  { name: 'exports', pattern: /^\/api\/cloud\/exports\/.+$/, calls: 2, periodSeconds: 300, methods: ['POST'] },
  { pattern: '^/api/cloud/watched$', calls: 1, periodSeconds: 60, shadow: true },
];
const server = await createServer(loadConfig(), { rateLimit: { rules, calls: 9, periodSeconds: 30 } });
await server.start();
process.send(server.listeners.origin('ops'));
process.on('disconnect', () => process.exit(0));
