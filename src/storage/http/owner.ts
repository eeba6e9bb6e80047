import type { Owner } from '#libs/s3';
import type { Access } from './access.js';

/** Who S3 clients are told owns what they see. */
export function ownerOf(access: Access): Owner {
  const id = access.kind === 'job' ? access.credential.userId : (access.caller.userId ?? access.caller.actor);
  return { id, displayName: id };
}
