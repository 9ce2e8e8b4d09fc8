// `waybill up`: start, say where everything is, and how to make the first call.
import { join } from 'node:path';
import type { Configuration } from '@waybill/config';
import { type ListeningAddress, run } from '@waybill/service';
import { services } from '../services.ts';

/** Runs until a signal ends it. */
export function up(argv: readonly string[]): Promise<void> {
  return run(services, {
    sources: { argv },
    onReady: (addresses, configuration) => {
      process.stdout.write(`${welcome(addresses, configuration).join('\n')}\n`);
    },
  });
}

/** What a person needs to know once everything takes calls. */
export function welcome(addresses: readonly ListeningAddress[], configuration: Configuration): string[] {
  const http = urlOf(addresses, 'http');
  const model = configuration.routes[0]?.model ?? configuration.models[0]?.id ?? '';
  const simulated = configuration.providers.every(({ kind }) => kind === 'simulator');
  const lines = [
    'Waybill is ready.',
    `  HTTP   ${http}`,
    `  gRPC   ${urlOf(addresses, 'grpc').replace('http://', '')}`,
    `  books  ${configuration.storage.dataDirectory}`,
  ];
  if (simulated) lines.push('  No provider is configured: answers come from the built-in simulator.');
  const asksForKeys = configuration.callers === 'keys';
  const key = asksForKeys ? [`    -H 'authorization: Bearer <key>' \\`] : [];
  if (asksForKeys) lines.push(keysLine(configuration));
  return [
    ...lines,
    '',
    'Make a call:',
    `  curl ${http}/v1/chat/completions -H 'content-type: application/json' \\`,
    ...key,
    `    -d '{"model":"${model}","messages":[{"role":"user","content":"Why is the sky blue?"}]}'`,
    '',
    'Stop with Ctrl-C.',
  ];
}

function keysLine({ keys, storage }: Configuration): string {
  if (keys.length > 0) return `  Callers need a virtual key: ${keys.map(({ id }) => id).join(', ')} are configured.`;
  return `  Callers need a virtual key; the first one is in ${join(storage.dataDirectory, 'first.key')}.`;
}

function urlOf(addresses: readonly ListeningAddress[], protocol: string): string {
  const address = addresses.find((each) => each.protocol === protocol);
  if (address === undefined) return '';
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `http://${host}:${address.port}`;
}
