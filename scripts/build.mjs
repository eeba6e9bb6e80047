// npm run build: dist/ from src and libs
import { build } from './lib/build.mjs';

process.exitCode = (await build()).code;
