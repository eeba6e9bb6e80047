import { existsSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileReader, SourceFault } from '#libs/secrets';
import { sqliteFile } from '../../database/index.js';
import { createSecretChain, providerTokens } from '../../secrets/index.js';
import { fail, ok, warn, type Check, type DoctorWorld, type Finding } from './finding.js';

const OTHERS = 0o077;
const FLOOR_BYTES = 1_073_741_824;
const FLOOR_SHARE = 0.05;
/** The database needs room to say that there is none. */
const EMPTY_BYTES = 104_857_600;

/** The secrets file and the master key: readable, understood, and closed to others. */
export const secretFilesCheck: Check = {
  name: 'secrets file',
  run: async ({ config: { paths, settings } }) => {
    const findings: Finding[] = [];
    try {
      const { document } = await new FileReader(paths.home, settings.secretsAllowInsecure).read();
      findings.push(
        ok(
          'secrets file',
          document.size === 0 ? `None in ${paths.home}` : `${document.size} secrets, readable by their owner alone`,
        ),
      );
    } catch (error) {
      if (!(error instanceof SourceFault)) throw error;
      findings.push(
        fail('secrets file', `The secrets file ${error.message}`, 'None of its secrets counts until that is mended.'),
      );
    }
    if (settings.secretKey !== '') return [...findings, ok('master key', 'Set by SIMPLETUNER_SECRET_KEY')];
    if (!existsSync(paths.secretKeyFile)) return [...findings, ok('master key', 'Is made at the first start')];
    const mode = (await stat(paths.secretKeyFile)).mode & 0o777;
    return [
      ...findings,
      (mode & OTHERS) === 0
        ? ok('master key', `${paths.secretKeyFile}, readable by its owner alone`)
        : fail(
            'master key',
            `Others can read ${paths.secretKeyFile} (mode ${mode.toString(8)})`,
            `chmod 600 ${paths.secretKeyFile}`,
          ),
    ];
  },
};

/** Whether there is something to sign and to log in with. */
export const secretsCheck: Check = {
  name: 'webhook secret',
  run: async ({ config, clock }) => {
    const chain = createSecretChain(config, clock);
    try {
      const [webhookSecret, ...tokens] = await Promise.all(
        ['CLOUD_WEBHOOK_SECRET', ...providerTokens].map((name) => chain.get(name)),
      );
      const troubles = chain
        .states()
        .flatMap(({ label, trouble }) => (trouble === undefined ? [] : [`${label} ${trouble}`]));
      const hasToken = tokens.some((token) => token !== undefined);
      return [
        ...troubles.map((trouble) =>
          fail('secret sources', trouble, 'See docs/secrets.md; other sources count meanwhile.'),
        ),
        hasToken
          ? ok('API token', 'The API token of a provider is set')
          : warn(
              'API token',
              'No API token of a provider is set',
              'Set REPLICATE_API_TOKEN: `simpletuner-cloud secrets set REPLICATE_API_TOKEN`.',
            ),
        webhookSecret !== undefined || hasToken
          ? ok(
              'webhook secret',
              webhookSecret === undefined
                ? 'Fetched from the provider with its API token'
                : 'CLOUD_WEBHOOK_SECRET is set',
            )
          : warn(
              'webhook secret',
              'Without a token or CLOUD_WEBHOOK_SECRET every webhook is refused',
              'Set one of them.',
            ),
      ];
    } finally {
      chain.close();
    }
  },
};

/** Room on the volumes of the database and the artifacts. */
export const diskCheck: Check = {
  name: 'disk space',
  run: async ({ config: { paths, settings } }: DoctorWorld) => {
    const { databaseUrl, diskFloorBytes } = settings;
    const database = databaseUrl.startsWith('sqlite:') ? [dirname(sqliteFile(databaseUrl))] : [];
    const folders = [...new Set([paths.home, join(paths.home, 'outputs'), ...database])].filter((folder) =>
      existsSync(folder),
    );
    return Promise.all(folders.map((folder) => spaceIn(folder, diskFloorBytes)));
  },
};

async function spaceIn(folder: string, configuredFloor: number): Promise<Finding> {
  const { bavail, blocks, bsize } = await statfs(folder);
  const [freeBytes, totalBytes] = [bavail * bsize, blocks * bsize];
  const floorBytes = configuredFloor >= 0 ? configuredFloor : Math.min(FLOOR_BYTES, totalBytes * FLOOR_SHARE);
  const seen = `${folder}: ${(freeBytes / 1e9).toFixed(1)} GB of ${(totalBytes / 1e9).toFixed(1)} GB free`;
  const todo = 'Remove artifacts of old jobs (`DELETE /api/cloud/jobs/{id}`) or old backups, or enlarge the volume.';
  if (freeBytes < EMPTY_BYTES) return fail('disk space', seen, todo);
  return freeBytes < floorBytes
    ? fail('disk space', `${seen}, below the floor: uploads are told to slow down`, todo)
    : ok('disk space', seen);
}
