// npm start: on a fresh clone installs and builds first; later starts find nothing to do and go straight to the server.
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';

try {
  await ensureDependencies();
  await ensureBuild();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
// In this process and not in a child: signals, the exit code and the terminal are then the server's own.
await import('../dist/src/main.js');
