// A process with a service that takes a moment to let go.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceDefinition } from './ports.ts';
import { run } from './run.ts';

const draining: ServiceDefinition = {
  name: 'draining',
  async start() {
    return {
      offers: [],
      open: async () => [],
      drain: async () => void (await sleep(200)),
      close: async () => void process.stdout.write('closed\n'),
    };
  },
};

await run([draining], { sources: { environment: { WAYBILL_DATA_DIR: process.argv[2] }, argv: [] } });
