// Entry of the image: `start.mjs selector` runs that service, `start.mjs waybill audit` the command line.
const [name = 'standalone', ...args] = process.argv.slice(2);
const services = ['standalone', 'gateway', 'selector', 'rate-limit', 'provider-adapter', 'evaluator', 'cost'];

if (name === 'waybill') {
  process.argv.splice(2, Infinity, ...args);
  await import('../../services/standalone/src/cli.ts');
} else if (services.includes(name) && args.length === 0) {
  await import(`../../services/${name}/src/main.ts`);
} else {
  process.stderr.write(
    `waybill: there is no service ${[name, ...args].join(' ')}; name one of ${services.join(', ')}\n`,
  );
  process.exit(2);
}
