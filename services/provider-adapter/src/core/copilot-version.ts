// The label that attempts at GitHub Copilot are recorded with: which client it was asked as, and on which day.

/** Of this package, when nothing else is configured: then the provider is asked as Waybill. */
export const ownVersion = '0.1.0';

/** Header in which editors give their plugin's version, such as `copilot-chat/0.26.7`. */
const pluginHeader = 'editor-plugin-version';

export interface Presented {
  readonly clientVersion: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** `copilot-vX.Y.Z-<date>`; the date is the day in UTC. */
export function copilotVersionLabel({ clientVersion, headers }: Presented, nowMicros: bigint): string {
  const inHeader = /\d+\.\d+\.\d+/.exec(headers[pluginHeader] ?? '')?.[0];
  const day = new Date(Number(nowMicros / 1000n)).toISOString().slice(0, 10);
  return `copilot-v${clientVersion ?? inHeader ?? ownVersion}-${day}`;
}
