// Builds Jaeger where it is not there yet, and runs it until Ctrl-C:
//   node services/standalone/bin/run.mjs test/infra/jaeger/main.ts
import { provision } from '../provision.ts';
import { jaeger, startJaeger } from './jaeger.ts';

const { succeeded, output } = provision(jaeger);
if (!succeeded) {
  process.stderr.write(`${output}\nJaeger could not be built: ${jaeger.howToGet}\n`);
  process.exit(1);
}
const server = await startJaeger();
process.stdout.write(
  `send traces:  OTEL_EXPORTER_OTLP_ENDPOINT=${server.otlpUrl}\nask for them: ${server.queryUrl}/api/traces?service=gateway\n`,
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void server.stop().then(() => process.exit(0)));
}
