import { judgeAnswer, stepWords } from '../../webhooks/index.js';
import { traceFrom } from './connections.js';
import { fail, ok, warn, type Check, type Finding } from './finding.js';
import { listenersAt, named, runningProgram } from './processes.js';
import { throughServer } from './through-server.js';

const TUNNELS = ['cloudflared', 'ngrok'];

interface HealthBody {
  readonly status?: string;
  readonly components?: readonly { readonly name: string; readonly status: string; readonly message: string }[];
}

/** The health endpoint of the running server, its providers among it; where none runs, who has its ports. */
export const healthCheck: Check = {
  name: 'server',
  run: async ({ server, config }) => {
    const answer = await server.ask('GET', '/api/cloud/health?include_providers=true');
    const { status, components } = (answer?.body ?? {}) as HealthBody;
    if (status === undefined) return portFindings([config.settings.port, config.settings.publicPort], server.origin);
    if (!components)
      return [
        warn(
          'server',
          `${status}; it tells details only to those who log in`,
          'Give the key of an admin with --api-key-file.',
        ),
      ];
    const troubled = components.filter((component) => component.status !== 'healthy');
    return [
      ok('server', `${server.origin} answers: ${status}`),
      ...troubled.map((component) => {
        const finding = component.status === 'unhealthy' ? fail : warn;
        return finding(
          `health: ${component.name}`,
          component.message,
          'See docs/troubleshooting.md and the log of the server.',
        );
      }),
    ];
  },
};

async function portFindings(ports: readonly number[], origin: string): Promise<Finding[]> {
  const taken = await Promise.all(
    ports.filter((port) => port !== 0).map(async (port) => ({ port, by: await listenersAt(port) })),
  );
  const findings = taken
    .filter(({ by }) => by.length > 0)
    .map(({ port, by }) =>
      fail(
        'ports',
        `Port ${port} is taken by ${named(by)}`,
        'End that program, or set SIMPLETUNER_PORT / SIMPLETUNER_PUBLIC_PORT to another port.',
      ),
    );
  return [
    fail(
      'server',
      `No SimpleTuner Cloud Server answers at ${origin}`,
      'Start it (`npm start`), or run doctor with the environment of the server.',
    ),
    ...findings,
  ];
}

/** Whether jobs can reach the server: public URL, its certificate, the tunnel, and who answers there. */
export const publicUrlCheck: Check = {
  name: 'public URL',
  run: async (world) => {
    const { publicUrl } = world.config.settings;
    if (publicUrl === '')
      return [
        warn(
          'public URL',
          'SIMPLETUNER_PUBLIC_URL is not set: jobs can neither upload nor report',
          'Set it, or Public URL in the Advanced Configuration, to the https address of your tunnel or ingress.',
        ),
      ];
    const findings: Finding[] = [];
    if (new URL(publicUrl).protocol !== 'https:')
      findings.push(
        warn(
          'public URL',
          `${publicUrl} is no https address and leads to this machine`,
          'Jobs in the cloud need an https address.',
        ),
      );
    const trace = await traceFrom(world, new URL(`${publicUrl}/api/cloud/health`));
    if (typeof trace === 'string') return [...findings, fail('public URL', trace, 'Check SIMPLETUNER_CA_BUNDLE.')];
    const broken = trace.steps.map((step) => stepWords.onTheWay(step)).find(({ isOk }) => !isOk);
    if (broken)
      return [...findings, fail('public URL', broken.detail, `${broken.hint ?? ''} ${await tunnelWords()}`.trim())];
    const { status, text } = trace.answer ?? { status: 0, text: '' };
    if (/^\{"status":"(healthy|degraded|unhealthy)"/.test(text))
      return [...findings, ok('public URL', `${publicUrl} leads to the server (${status})`)];
    const verdict = judgeAnswer({ status, text }, new URL(publicUrl));
    return [...findings, fail('public URL', verdict.detail, `${verdict.hint ?? ''} ${await tunnelWords()}`.trim())];
  },
};

async function tunnelWords(): Promise<string> {
  const tunnel = await runningProgram(TUNNELS);
  return tunnel ? `A tunnel runs here: ${named([tunnel])}.` : `Neither ${TUNNELS.join(' nor ')} runs on this machine.`;
}

/** A signed webhook through the public URL, for every provider that is set up and elsewhere. */
export const webhookCheck: Check = {
  name: 'webhooks',
  run: async ({ server }) => {
    const names = (await server.configuredProviders()) ?? [];
    const elsewhere = names.filter((name) => name !== 'process');
    const tried = elsewhere.map((name) =>
      throughServer(server, `webhooks of ${name}`, `/api/cloud/providers/${name}/test-webhook`),
    );
    return Promise.all(tried);
  },
};

interface JobBody {
  readonly job?: {
    readonly status: string;
    readonly is_terminal: boolean;
    readonly upload_progress: {
      readonly error: string | null;
      readonly files_received: number;
      readonly bytes_received: number;
      readonly last_upload_at: string | null;
    } | null;
  };
}

/** Uploads of one job: does it exist, may it still upload, and what has arrived. */
export const jobCheck: Check = {
  name: 'job',
  run: async ({ server, jobId }) => {
    if (jobId === undefined) return [];
    const check = `uploads of ${jobId}`;
    const answer = await server.ask('GET', `/api/cloud/jobs/${encodeURIComponent(jobId)}`);
    const { job } = (answer?.body ?? {}) as JobBody;
    if (!job)
      return [
        fail(
          check,
          `The server knows no such job (${answer?.status ?? 'no answer'})`,
          'The bucket of an upload is the id of its job: compare them.',
        ),
      ];
    if (job.is_terminal)
      return [
        fail(
          check,
          `The job is ${job.status}, so its upload credential has ended`,
          'A job that goes on elsewhere must be submitted again; look at its timeline for why it ended.',
        ),
      ];
    const progress = job.upload_progress;
    if (progress?.error)
      return [fail(check, `Its last upload failed: ${progress.error}`, 'See docs/troubleshooting.md, uploads.')];
    if (!progress || progress.files_received === 0)
      return [
        warn(
          check,
          `The job is ${job.status}; nothing has arrived yet`,
          'Trainers upload after their first validation; check the public URL above, and that the configuration has validations.',
        ),
      ];
    return [
      ok(
        check,
        `${progress.files_received} files, ${progress.bytes_received} bytes, the last one ${progress.last_upload_at ?? 'under way'}`,
      ),
    ];
  },
};
