import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './root.mjs';

/**
 * Translates the TypeScript below a folder into dist/, file by file and without checking types (`npm run types` does):
 * what scripts need from test/support must load while other files are being edited.
 * @param {string} folder relative to the repository
 */
export async function transpile(folder) {
  const { default: typescript } = await import('typescript');
  const { config } = typescript.readConfigFile(join(root, 'tsconfig.json'), typescript.sys.readFile);
  const { options } = typescript.convertCompilerOptionsFromJson(config.compilerOptions, root);
  // Translating a file alone, the compiler does not see the package.json that makes NodeNext mean ESM.
  const { ESNext } = typescript.ModuleKind;
  const { Bundler } = typescript.ModuleResolutionKind;
  const module = { module: ESNext, moduleResolution: Bundler };
  const compilerOptions = { ...options, ...module, noEmit: false, inlineSourceMap: true, inlineSources: true };
  const names = readdirSync(join(root, folder), { recursive: true }).map(String);
  for (const name of names.filter((file) => file.endsWith('.ts') && !/\.(d|spec|test)\.ts$/.test(file))) {
    const file = join(root, folder, name);
    const { outputText } = typescript.transpileModule(readFileSync(file, 'utf8'), { compilerOptions, fileName: file });
    const target = compiledPath(file);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
}

/** @param {string} file absolute path of a .ts file of this repository */
function compiledPath(file) {
  return join(root, 'dist', relative(root, file)).replace(/\.ts$/, '.js');
}

/**
 * Imports a translated file.
 * @param {string} file path of the .ts file relative to the repository
 */
export function importCompiled(file) {
  return import(pathToFileURL(compiledPath(join(root, file))).href);
}
