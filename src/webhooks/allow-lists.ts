import { Injectable } from '@nestjs/common';
import { parseAddressList, type AddressList } from '#libs/client-address';
import type { ProviderSettings } from '../providers/index.js';

/** Parsed lists kept at a time; there is one per provider, and a new one after each change. */
const PARSED_MAX = 64;

/** Whether an address may deliver webhooks. */
@Injectable()
export class AllowLists {
  private readonly parsed = new Map<string, AddressList>();

  /** True when nothing is listed, the list is off, or the address is in it. */
  admits({ webhook_allowed_ips: entries, webhook_allowlist_mode: mode }: ProviderSettings, address: string): boolean {
    if (mode === 'off' || entries.length === 0) return true;
    return this.listOf(entries).contains(address);
  }

  private listOf(entries: readonly string[]): AddressList {
    const key = entries.join();
    const known = this.parsed.get(key);
    if (known) return known;
    if (this.parsed.size >= PARSED_MAX) this.parsed.clear();
    const list = parseAddressList(entries);
    this.parsed.set(key, list);
    return list;
  }
}
