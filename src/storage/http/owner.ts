import type { Owner } from '#libs/s3';
import type { Access } from './access.js';

/** Who S3 clients are told owns what they see. */
export function ownerOf(access: Access): Owner {
  const id = nameOf(access);
  return { id, displayName: id };
}

function nameOf(access: Access): string {
  if (access.kind === 'job') return access.credential.userId;
  return access.kind === 'person' ? (access.caller.userId ?? access.caller.actor) : 'link';
}
