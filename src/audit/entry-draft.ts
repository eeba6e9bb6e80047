import { canonicalJson, type Json } from '#libs/audit-chain';
import type { EntryDraft } from './audit-entry.js';
import type { AuditEvent } from './audit-log.js';

const NAME_CHARS_MAX = 128;
const SHORT_CHARS_MAX = 64;
const DETAILS_CHARS_MAX = 65_536;
const DETAILS_SHOWN_CHARS = 4_096;

/**
 * The event as the columns can hold it. What is read back must be exactly what was sealed, so nothing is left to the
 * databases, which would cut, refuse or replace text each in its own way.
 */
export function draftOf(event: AuditEvent, correlationId: string | undefined): EntryDraft {
  return {
    type: event.type,
    actorId: storable(event.actor.id, NAME_CHARS_MAX),
    userId: event.actor.userId === null ? null : storable(event.actor.userId, NAME_CHARS_MAX),
    address: event.actor.address === null ? null : storable(event.actor.address, SHORT_CHARS_MAX),
    targetType: event.targetType === null ? null : storable(event.targetType, SHORT_CHARS_MAX),
    targetId: event.targetId === null ? null : storable(event.targetId, NAME_CHARS_MAX),
    details: detailsOf(event.details ?? {}),
    correlationId: correlationId === undefined ? null : storable(correlationId, NAME_CHARS_MAX),
  };
}

/** At most `charsMax` UTF-16 units, no half of a surrogate pair, and no NUL, which PostgreSQL refuses. */
function storable(text: string, charsMax: number): string {
  return Buffer.from(text.slice(0, charsMax).replaceAll('\0', '\uFFFD')).toString();
}

function detailsOf(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(details);
  if (text.length > DETAILS_CHARS_MAX) return shortened(text);
  const value = JSON.parse(text) as Record<string, Json>;
  try {
    canonicalJson(value);
    return value;
  } catch {
    return shortened(text);
  }
}

/** An event is rather told in part than not at all, and never refused for its size. */
function shortened(text: string): Readonly<Record<string, unknown>> {
  return { shortened_from_chars: text.length, text: storable(text, DETAILS_SHOWN_CHARS) };
}
