// A process with a service that, as soon as it is open, can no longer do its work.
import type { ServiceDefinition } from './ports.ts';
import { run } from './run.ts';

const failing: ServiceDefinition = {
  name: 'failing',
  async start({ fail }) {
    return {
      offers: [],
      async open() {
        setTimeout(() => fail('for the test'), 50);
        return [];
      },
      close: async () => void process.stdout.write('closed\n'),
    };
  },
};

await run([failing], { sources: { environment: { WAYBILL_DATA_DIR: process.argv[2] }, argv: [] } });
