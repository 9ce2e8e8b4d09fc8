// The simulator in a process of its own: `main.ts '{"port": 9100, "seed": 7}'`, all options as JSON.
// Prints {"url": ...} when it listens; ends on SIGTERM or SIGINT.
import { startSimulator } from './simulator.ts';

const simulator = await startSimulator(JSON.parse(process.argv[2] ?? '{}'));
process.stdout.write(`${JSON.stringify({ url: simulator.url })}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void simulator.close());
}
