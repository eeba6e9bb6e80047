export { Config, expandHome, loadConfig, publicUrlProblem, StartError, type Paths, type Settings } from './config.js';
export { ConfigModule } from './config.module.js';
export { Keyring, openKeyring } from './keyring.js';
export { configurationLines, configurationTable } from './show.js';
export { variables } from './variables.js';
