// Whether the servers sync each write to the disk. Only the system account is told; others learn nothing.
import type { NatsConnection } from '@nats-io/transport-node';

/** `always`, `lazy`, or `unknown` where the account may not ask. */
export type SyncMode = 'always' | 'lazy' | 'unknown';

const askSubject = '$SYS.REQ.SERVER.PING.JSZ';
const answersWithinMs = 500;

/** One server that does not sync each write makes it `lazy`. */
export async function syncModeOf(connection: NatsConnection): Promise<SyncMode> {
  try {
    const answers = await connection.requestMany(askSubject, '', { maxWait: answersWithinMs });
    const modes: SyncMode[] = [];
    for await (const answer of answers) modes.push(syncModeIn(answer.json()));
    return modes.includes('lazy') ? 'lazy' : (modes.find((mode) => mode === 'always') ?? 'unknown');
  } catch {
    return 'unknown';
  }
}

/** What one server's answer says. */
export function syncModeIn(answer: unknown): SyncMode {
  const config = (answer as { data?: { config?: { store_dir?: unknown; sync_always?: unknown } } }).data?.config;
  if (config?.store_dir === undefined) return 'unknown';
  return config.sync_always === true ? 'always' : 'lazy';
}
