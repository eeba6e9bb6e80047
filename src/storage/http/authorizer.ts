import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { JobService, UploadCredentials, type UploadCredential } from '../../jobs/index.js';
import { noSuchBucket } from '../drivers/bucket-rows.js';
import { storageLimits } from '../storage.limits.js';
import { denied, requireState, type Access, type LinkAccess, type Need, type PersonAccess } from './access.js';

/** Decides what an authenticated caller may do with a job's bucket. */
@Injectable()
export class Authorizer {
  constructor(
    private readonly jobs: JobService,
    private readonly credentials: UploadCredentials,
    private readonly clock: Clock,
  ) {}

  /** @throws S3Error AccessDenied or NoSuchBucket. */
  async requireRead(access: Access, jobId: string): Promise<void> {
    if (access.kind === 'job') {
      this.requireOwn(access.credential, jobId, 'read');
      return;
    }
    const job = await this.jobs.find(jobId);
    if (access.kind === 'link') {
      if (!job || access.jobId !== jobId) throw denied();
      return;
    }
    if (!job && access.caller.permissions.has('job.view.all')) {
      throw noSuchBucket(jobId);
    }
    if (!job || !maySee(access, job.userId)) throw denied();
  }

  /** Only the job itself changes what is in its bucket. Returns its credential. */
  requireChange(access: Access, jobId: string, need: 'write' | 'finish'): UploadCredential {
    if (access.kind !== 'job') throw denied('Only the job itself may change its objects.');
    this.requireOwn(access.credential, jobId, need);
    return access.credential;
  }

  /** The judgement again, for uploads that took their time: the job may have ended meanwhile. */
  async confirm(access: Access, need: 'write' | 'finish'): Promise<void> {
    if (access.kind !== 'job') throw denied();
    if (this.clock.monotonicMs() - access.judgedAtMs < storageLimits.credentialTrustMs) return;
    const now = await this.credentials.find(access.credential.uploadToken);
    if (!now) throw denied();
    requireState(now, need, this.clock.now());
  }

  /** Whose buckets a person sees; undefined for everybody's. */
  visibleUser(access: PersonAccess | LinkAccess): string | undefined {
    if (access.kind === 'link') throw denied();
    const { caller } = access;
    if (caller.permissions.has('job.view.all')) return undefined;
    if (caller.permissions.has('job.view.own') && caller.userId !== null) return caller.userId;
    throw denied();
  }

  private requireOwn(credential: UploadCredential, jobId: string, need: Need): void {
    if (credential.jobId !== jobId) throw denied();
    requireState(credential, need, this.clock.now());
  }
}

function maySee({ caller }: PersonAccess, userId: string): boolean {
  if (caller.permissions.has('job.view.all')) return true;
  return caller.permissions.has('job.view.own') && caller.userId === userId;
}
