import { execFileSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';
import { requireBinary } from '../support/servers.js';

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-member-access -- as deep and various as the API of Kubernetes */

/** An object of Kubernetes as an overlay renders it; its shape is what the tests are about. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
  readonly data?: Record<string, string>;
  readonly spec?: any;
}

export const overlays = ['single', 'fleet'] as const;
export type Overlay = (typeof overlays)[number];

/** What `kubectl apply --kustomize` would send. */
export function render(overlay: Overlay): Manifest[] {
  const kubectl = requireBinary('kubectl', 'kubernetes-client');
  const text = execFileSync(kubectl, ['kustomize', `k8s/overlays/${overlay}`], { encoding: 'utf8', stdio: 'pipe' });
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** The pods that a manifest starts, by whatever it is that starts them. */
export function podsOf({ kind, spec }: Manifest): unknown {
  if (kind === 'CronJob') return spec.jobTemplate.spec.template.spec;
  return ['Deployment', 'StatefulSet', 'Job'].includes(kind) ? spec.template.spec : undefined;
}

/** A validator generated from a schema: true when `value` keeps it, else `errors` tells why not. */
export interface Schema {
  (value: unknown): boolean;
  readonly errors?: unknown;
}

/**
 * The fields of `value` that the validator never looks at, as paths. It lets unknown fields pass, as a typing error is;
 * but what it knows it reads.
 */
export function unknownFields(value: unknown, schema: Schema): string[] {
  const known = new Set<string>();
  const fields: string[] = [];
  const watch = (node: unknown, path: string): unknown => {
    if (typeof node !== 'object' || node === null) return node;
    for (const [key, child] of Object.entries(node)) {
      if (!Array.isArray(node)) fields.push(`${path}/${key}`);
      (node as Record<string, unknown>)[key] = watch(child, `${path}/${key}`);
    }
    return new Proxy(node, {
      get: (target, key, receiver): unknown => {
        if (typeof key === 'string') known.add(`${path}/${key}`);
        return Reflect.get(target, key, receiver);
      },
    });
  };
  schema(watch(structuredClone(value), ''));
  return fields.filter((field) => !known.has(field));
}
