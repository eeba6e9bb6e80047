import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Cron } from 'croner';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { loadConfig, variables } from '../../src/config/index.js';
import { overlays, podsOf, render, unknownFields, type Manifest, type Schema } from './manifests.js';

/* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-argument,
   @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-explicit-any
   -- manifests are data of any shape; the schemas are what types them */

/** Where the packages with the schemas of Kubernetes and of the Prometheus operator keep those of a version. */
const schemas: Record<string, string> = {
  v1: 'kubernetes-models/_schemas/IoK8sApiCoreV1',
  'apps/v1': 'kubernetes-models/_schemas/IoK8sApiAppsV1',
  'batch/v1': 'kubernetes-models/_schemas/IoK8sApiBatchV1',
  'policy/v1': 'kubernetes-models/_schemas/IoK8sApiPolicyV1',
  'autoscaling/v2': 'kubernetes-models/_schemas/IoK8sApiAutoscalingV2',
  'networking.k8s.io/v1': 'kubernetes-models/_schemas/IoK8sApiNetworkingV1',
  'monitoring.coreos.com/v1':
    '@kubernetes-models/prometheus-operator/_schemas/ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1',
};

async function schemaOf({ apiVersion, kind }: Manifest): Promise<Schema> {
  // By file, because one of the packages exports its schemas by no name.
  const file = resolve('node_modules', `${schemas[apiVersion]}${kind}.js`);
  return ((await import(pathToFileURL(file).href)) as { validate: Schema }).validate;
}

/** What the Secret of docs/deployment.md holds. */
const secret = {
  SIMPLETUNER_SECRET_KEY: 'x'.repeat(48),
  SIMPLETUNER_DATABASE_URL: 'postgres://simpletuner:secret@postgres:5432/simpletuner',
  SIMPLETUNER_METRICS_TOKEN: 'y'.repeat(48),
};
const names = new Set(Object.values(variables).map(({ name }) => name));

it('finds a field that no schema has', async () => {
  const manifest: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x' },
    spec: {
      replicaz: 1,
      selector: {},
      template: { metadata: { labels: { any: 'label' } }, spec: { containers: [{ name: 'x', imagee: 'y' }] } },
    },
  };
  expect(unknownFields(manifest, await schemaOf(manifest))).toEqual([
    '/spec/replicaz',
    '/spec/template/spec/containers/0/imagee',
  ]);
});

describe.each(overlays)('k8s/overlays/%s', (overlay) => {
  const manifests = render(overlay);
  const find = (kind: string, name = 'simpletuner-cloud'): Manifest => {
    const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
    if (!found) throw new Error(`${overlay} has no ${kind} ${name}`);
    return found;
  };
  const pod = (): any => find('Deployment').spec.template.spec;
  const container = (): any => pod().containers[0];
  const settings = (): Record<string, string> => find('ConfigMap').data ?? {};

  it.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
    '%s keeps the schema of Kubernetes',
    async (_name, manifest) => {
      const schema = await schemaOf(manifest);
      expect(schema(manifest), JSON.stringify(schema.errors)).toBe(true);
      expect(unknownFields(manifest, schema)).toEqual([]);
    },
  );

  it('stays in one namespace, which asks for restricted pods', () => {
    expect(find('Namespace', 'simpletuner').metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    for (const { kind, metadata } of manifests)
      if (kind !== 'Namespace') expect(metadata.namespace).toBe('simpletuner');
  });

  it.each(
    manifests.filter(podsOf).map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const),
  )('%s meets the restricted Pod Security Standard, on a read-only root', (_name, manifest) => {
    const { securityContext, containers, hostNetwork, hostPID, volumes } = podsOf(manifest) as any;
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect([hostNetwork, hostPID]).toEqual([undefined, undefined]);
    for (const volume of volumes ?? []) expect(volume).not.toHaveProperty('hostPath');
    for (const { securityContext: own, resources } of containers) {
      expect(own).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(resources).toMatchObject({
        requests: { memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      });
    }
  });

  it('gives the server settings that it knows and takes', () => {
    for (const name of Object.keys(settings())) expect(names.has(name), name).toBe(true);
    const config = loadConfig({ ...settings(), ...(overlay === 'fleet' ? secret : {}) });
    expect(config.settings.host).toBe('0.0.0.0');
    expect(config.isAlone).toBe(overlay === 'single');
    // In a fleet a CronJob makes the backups.
    expect(config.settings.backupSchedule === '').toBe(overlay === 'fleet');
  });

  it('opens the ports at which the server listens, and leads its services there', () => {
    const { port, publicPort } = loadConfig({ ...settings(), ...secret }).settings;
    const ports = Object.fromEntries(container().ports.map((entry: any) => [entry.name, entry.containerPort]));
    expect(ports).toEqual({ ops: port, public: publicPort });
    for (const name of ['ops', 'public'])
      expect(find('Service', `simpletuner-cloud-${name}`).spec.ports).toEqual([
        { name, port: ports[name], targetPort: name },
      ]);
  });

  it('asks for the health of the server where it answers', () => {
    const path = (probe: string): unknown => container()[probe].httpGet;
    expect(path('livenessProbe')).toEqual({ path: '/api/cloud/health/live', port: 'ops' });
    expect(path('startupProbe')).toEqual({ path: '/api/cloud/health/startup', port: 'ops' });
    expect(path('readinessProbe')).toEqual({ path: '/api/cloud/health/ready', port: 'ops' });
  });

  it('waits for the server to drain and to finish its uploads before it is killed', () => {
    const { drainMs, shutdownTimeoutMs } = loadConfig({ ...settings(), ...secret }).settings;
    expect(pod().terminationGracePeriodSeconds * 1_000).toBeGreaterThan(drainMs + shutdownTimeoutMs);
    const { periodSeconds, failureThreshold } = container().readinessProbe;
    expect(periodSeconds * failureThreshold * 1_000).toBeLessThan(drainMs);
  });

  it('mounts what the server writes to', () => {
    const { home } = loadConfig({ ...settings(), ...secret }).settings;
    expect(container().volumeMounts.map(({ mountPath }: any) => mountPath)).toEqual([home, '/tmp']);
  });
});

describe('k8s/overlays/fleet', () => {
  const manifests = render('fleet');

  it('raises the alerts that Prometheus has without an operator', () => {
    const rules = parse(readFileSync('ops/prometheus/rules/simpletuner.yml', 'utf8')) as unknown;
    expect(manifests.find(({ kind }) => kind === 'PrometheusRule')?.spec).toEqual(rules);
  });

  const spec = (kind: string, name: string): any =>
    manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name)?.spec;

  it('tells the server how many replicas the autoscaler may start', () => {
    const settings = manifests.find(({ kind }) => kind === 'ConfigMap')?.data;
    expect(spec('HorizontalPodAutoscaler', 'simpletuner-cloud').maxReplicas).toBe(
      Number(settings?.['SIMPLETUNER_REPLICAS']),
    );
    expect(spec('HorizontalPodAutoscaler', 'simpletuner-cloud').minReplicas).toBeGreaterThan(1);
    expect(spec('Deployment', 'simpletuner-cloud')).not.toHaveProperty('replicas');
    expect(spec('Deployment', 'simpletuner-cloud').strategy.rollingUpdate.maxUnavailable).toBe(0);
    expect(spec('PodDisruptionBudget', 'simpletuner-cloud').maxUnavailable).toBe(1);
  });

  it('scrapes where the server tells its metrics, with the token that it knows', () => {
    const [endpoint] = spec('ServiceMonitor', 'simpletuner-cloud').endpoints;
    expect(endpoint).toMatchObject({ port: 'ops', path: '/api/cloud/metrics/prometheus' });
    expect(names.has(endpoint.authorization.credentials.key)).toBe(true);
  });

  it('makes backups each night with the command that there is, where every replica lists them', () => {
    const server = spec('Deployment', 'simpletuner-cloud').template.spec;
    const { schedule, jobTemplate } = spec('CronJob', 'simpletuner-cloud-backup');
    const task = jobTemplate.spec.template;
    const [{ image, envFrom, volumeMounts, args }] = task.spec.containers;
    expect({ image, envFrom, volumeMounts }).toEqual({
      image: server.containers[0].image,
      envFrom: server.containers[0].envFrom,
      volumeMounts: server.containers[0].volumeMounts,
    });
    expect(task.spec.volumes).toEqual(server.volumes);
    expect(new Cron(schedule).nextRuns(2)).toHaveLength(2);
    const [program, ...words] = args as string[];
    expect(existsSync(`bin/${program}.js`)).toBe(true);
    const commands = readFileSync('src/cli/main.ts', 'utf8');
    for (const word of words)
      expect(commands).toContain(word.startsWith('--') ? `option('${word}'` : `command('${word}'`);
    // What may reach the database, by the network policy.
    const [{ values }] = spec('NetworkPolicy', 'simpletuner-cloud-stores').podSelector.matchExpressions;
    expect(values).toContain(task.metadata.labels['app.kubernetes.io/name']);
  });

  it('migrates with the image and the settings of the server', () => {
    const server = spec('Deployment', 'simpletuner-cloud').template.spec.containers[0];
    const { containers } = spec('Job', 'simpletuner-cloud-migrate').template.spec;
    expect(containers[0]).toMatchObject({ image: server.image, envFrom: server.envFrom });
  });
});
