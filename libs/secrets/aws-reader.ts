import { Agent } from 'node:https';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DocumentReader, type ReadDocument } from './cached-document.js';
import { documentOfJson } from './document.js';
import { secretsLimits, servicePolicy } from './limits.js';
import { SourceFault } from './source-fault.js';
import { trustedAuthorities, type Certificates } from './trusted-authorities.js';

export interface AwsOptions {
  /** Name or ARN of the secret; it holds a JSON object. */
  readonly secretName: string;
  /** Empty: that of the ARN, else whatever the SDK finds in its shared configuration. */
  readonly region: string;
  readonly certificates: Certificates;
}

/** AWS Secrets Manager by its own SDK, which also finds the credentials (variables, shared files, web identity, instance role). */
export class AwsReader extends DocumentReader {
  override readonly name = 'aws';
  override readonly label = 'AWS Secrets Manager';
  private client: SecretsManagerClient | undefined;

  constructor(private readonly options: AwsOptions) {
    super();
  }

  override async read(signal: AbortSignal): Promise<ReadDocument> {
    const { secretName } = this.options;
    const { GetSecretValueCommand, ResourceNotFoundException } = await import('@aws-sdk/client-secrets-manager');
    this.client ??= await this.connect();
    try {
      const answer = await this.client.send(new GetSecretValueCommand({ SecretId: secretName }), {
        abortSignal: signal,
      });
      const text = answer.SecretString ?? Buffer.from(answer.SecretBinary ?? []).toString('utf8');
      return { document: documentOfJson(text) };
    } catch (error) {
      if (error instanceof ResourceNotFoundException)
        return { document: new Map(), absence: `holds no secret named ${JSON.stringify(secretName)}` };
      throw error instanceof SourceFault ? error : new SourceFault(`cannot be read (${codeOf(error)})`);
    }
  }

  override close(): void {
    this.client?.destroy();
    this.client = undefined;
  }

  private async connect(): Promise<SecretsManagerClient> {
    const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const { secretName, certificates } = this.options;
    const authorities = await trustedAuthorities(certificates);
    const region = this.options.region || regionOf(secretName);
    return new SecretsManagerClient({
      ...(region !== undefined && { region }),
      maxAttempts: secretsLimits.awsAttemptsMax,
      requestHandler: {
        connectionTimeout: secretsLimits.awsConnectTimeoutMs,
        requestTimeout: servicePolicy.timeoutMs,
        ...(authorities && { httpsAgent: new Agent({ ca: authorities }) }),
      },
    });
  }
}

/** `arn:aws:secretsmanager:us-west-2:123456789012:secret:simpletuner` */
function regionOf(secretName: string): string | undefined {
  return /^arn:[\w-]+:secretsmanager:([a-z0-9-]+):/.exec(secretName)?.[1];
}

/** The service's own word (`ThrottlingException`, `AccessDeniedException`) or the network's (`ECONNREFUSED`). */
function codeOf(error: unknown): string {
  const { name, code } = error as { name?: string; code?: string };
  const word = name === undefined || name === 'Error' ? code : name;
  return word !== undefined && /^[\w.]{1,64}$/.test(word) ? word : 'error';
}
