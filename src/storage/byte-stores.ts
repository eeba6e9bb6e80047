import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { HashPool } from '#libs/s3';
import { trustedAuthorities } from '#libs/secrets';
import { Config, expandHome } from '../config/index.js';
import { Secrets } from '../secrets/index.js';
import type { ByteStore } from './byte-store.js';
import { DiskGuard } from './disk-guard.js';
import { LocalByteStore } from './drivers/local-byte-store.js';
import { S3Bucket, type S3Access } from './drivers/s3-bucket.js';
import { S3ByteStore } from './drivers/s3-byte-store.js';
import { parseS3Location, type S3Location } from './drivers/s3-location.js';

/** How long credentials count before the chain of secrets is asked again, so that rotated ones are taken up. */
const CREDENTIALS_LIFE_MS = 600_000;
/** Where a service that is not AWS knows no regions, any will do. */
const REGION_OF_OTHERS = 'us-east-1';

/** The byte stores by the text under which a bucket remembers its own: `s3://bucket/prefix`, a folder, or '' for the outputs folder. */
@Injectable()
export class ByteStores {
  private readonly stores = new Map<string, ByteStore>();

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly secrets: Secrets,
    private readonly pool: HashPool,
  ) {}

  /** Where the bytes of a job go whose provider names no folder of its own. */
  get defaultName(): string {
    return this.config.settings.artifactStore;
  }

  /** Every store there may be something in, given those that buckets remember. */
  names(remembered: readonly string[]): string[] {
    return [...new Set(['', this.defaultName, ...remembered])];
  }

  at(store: string): ByteStore {
    let found = this.stores.get(store);
    if (!found) this.stores.set(store, (found = this.make(store)));
    return found;
  }

  private make(store: string): ByteStore {
    const location = parseS3Location(store);
    if (location) return this.makeS3(location);
    const root = store === '' ? this.config.paths.outputs : expandHome(store);
    const { diskFloorBytes } = this.config.settings;
    const guard = new DiskGuard(root, diskFloorBytes < 0 ? undefined : diskFloorBytes, this.clock);
    return new LocalByteStore(root, guard, this.pool, this.clock);
  }

  private makeS3(location: S3Location): ByteStore {
    const { artifactStoreEndpoint: endpoint, artifactStoreRegion, awsRegion, caBundle } = this.config.settings;
    const region = artifactStoreRegion || awsRegion || REGION_OF_OTHERS;
    const certificates = async (): Promise<string> => (caBundle === '' ? '' : readFile(expandHome(caBundle), 'utf8'));
    const authorities = (): Promise<string[] | undefined> => trustedAuthorities(certificates);
    const access: S3Access = { endpoint, region, credentials: () => this.credentials(), authorities };
    return new S3ByteStore(new S3Bucket(location, access), this.clock);
  }

  /** Undefined when the chain has none: then they are found as everywhere at AWS. */
  private async credentials(): ReturnType<S3Access['credentials']> {
    const [accessKeyId, secretAccessKey] = await Promise.all([
      this.secrets.get('ARTIFACT_STORE_ACCESS_KEY_ID'),
      this.secrets.get('ARTIFACT_STORE_SECRET_ACCESS_KEY'),
    ]);
    if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
    return { accessKeyId, secretAccessKey, expiration: new Date(this.clock.now() + CREDENTIALS_LIFE_MS) };
  }
}
