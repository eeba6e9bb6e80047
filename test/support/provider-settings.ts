import { SystemClock, type Clock } from '#libs/clock';
import { CircuitBreaker, EgressGuard } from '#libs/outbound';
import { MemoryStore } from '../../libs/state/memory/memory-store.js';
import { Keyring, loadConfig } from '../../src/config/index.js';
import { SqlProviderSettingsRepository } from '../../src/providers/drivers/sql-provider-settings.repository.js';
import { ProviderSettingsService, SettingsWorld } from '../../src/providers/provider-settings.service.js';
import { createReplicateAdapter } from '../../src/providers/replicate/create-replicate-adapter.js';
import { schema } from '../../src/schema/index.js';
import { createSecretChain } from '../../src/secrets/create-secret-chain.js';
import { RecordingAudit } from './recording-audit.js';
import { openDatabase, sqlKinds, type OpenedDatabase } from './sql.js';

const databases = new Map<string, Promise<OpenedDatabase>>();

/** The settings of providers over a database that worlds of one kind share, under the given environment. */
export async function settingsWorld(
  environment: Record<string, string>,
  clock: Clock = new SystemClock(),
  kind: (typeof sqlKinds)[number] = 'sqlite',
) {
  const opening = databases.get(kind) ?? openDatabase(kind, schema);
  databases.set(kind, opening);
  const { database } = await opening;
  const base = new SettingsWorld(loadConfig(environment), clock);
  const audit = new RecordingAudit();
  const keyring = new Keyring('a master key for tests only, 32 characters');
  const repository = new SqlProviderSettingsRepository(database);
  const settings = new ProviderSettingsService(repository, database, audit, keyring, base);
  const replicate = () => {
    const circuit = new CircuitBreaker('replicate', new MemoryStore(clock), clock);
    const secrets = createSecretChain(base.config, clock);
    const { config } = base;
    return createReplicateAdapter({
      config,
      clock,
      settings,
      secrets,
      guard: new EgressGuard(),
      circuits: { of: () => circuit },
    });
  };
  return { base, audit, settings, replicate, database };
}
