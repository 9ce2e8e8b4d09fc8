// One service in a process of its own, which can be killed, paused and started again under the same name.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ServiceName } from '@waybill/config';
import { type Child, startChild } from '@waybill/standalone';
import { repositoryRoot } from '../../infra/command.ts';
import { compileCache } from '../waybill-command.ts';

export interface ServiceProcessOptions {
  readonly service: ServiceName;
  /** Unique among the replicas of the service, such as gateway-0. */
  readonly instance: string;
  readonly configurationFile: string;
  readonly dataDirectory: string;
  /** Where it offers its RPCs. */
  readonly port: number;
  /** For /metrics and the probes; of the gateway, its HTTP port. */
  readonly httpPort: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly detached?: boolean;
}

export interface ServiceProcess {
  readonly service: ServiceName;
  readonly instance: string;
  readonly dataDirectory: string;
  /** host:port of its RPCs. */
  readonly address: string;
  /** Of /metrics and the probes; of a gateway also of its clients. */
  readonly url: string;
  pid(): number;
  isRunning(): boolean;
  /** Everything that its processes have written to standard error, the last part of it. */
  log(): string;
  /** Resolves when it is ready; the one before has to be gone. */
  start(environment?: Readonly<Record<string, string>>): Promise<void>;
  kill(): Promise<void>;
  /** Asks it to stop; throws when it has to be killed or ends badly. */
  stop(): Promise<void>;
  /** Resolves with how the process that runs now has ended. */
  exited(): Promise<number | string>;
  pause(): void;
  resume(): void;
}

const logKept = 400_000;
const readyWithinMs = 40_000;

export function serviceProcess(options: ServiceProcessOptions): ServiceProcess {
  const { service, instance, dataDirectory } = options;
  let child: Child | undefined;
  let running = false;
  let log = '';
  const now = () => {
    if (child === undefined) throw new Error(`${instance} was never started`);
    return child;
  };
  return {
    service,
    instance,
    dataDirectory,
    address: `127.0.0.1:${options.port}`,
    url: `http://127.0.0.1:${options.httpPort}`,
    pid: () => now().pid,
    isRunning: () => running,
    log: () => log,
    async start(more) {
      const started = await startChild({
        entry: pathToFileURL(join(repositoryRoot, 'services', service, 'src/main.ts')),
        environment: { ...compileCache, ...environmentOf(options), ...options.environment, ...more },
        ready: (printed) => (printed.includes(' is ready') ? printed : undefined),
        readyWithinMs,
        detached: options.detached,
        onError(text) {
          log = (log + text).slice(-logKept);
        },
      });
      child = started;
      running = true;
      started.exited.then(() => {
        if (child === started) running = false;
      });
    },
    async kill() {
      if (running) await now().kill();
    },
    async stop() {
      if (!running) return;
      await now().stop(40_000);
      const end = await now().exited;
      if (end !== 0) throw new Error(`${instance} did not stop by itself: ${end}\n${log.slice(-3000)}`);
    },
    exited: () => now().exited,
    pause: () => void process.kill(now().pid, 'SIGSTOP'),
    resume: () => void process.kill(now().pid, 'SIGCONT'),
  };
}

function environmentOf({ service, ...options }: ServiceProcessOptions): Record<string, string> {
  const { configurationFile, dataDirectory, instance, port, httpPort } = options;
  const own = service === 'gateway' ? gatewayPorts(port, httpPort) : servicePorts(port, httpPort);
  return { WAYBILL_CONFIG: configurationFile, WAYBILL_DATA_DIR: dataDirectory, WAYBILL_INSTANCE: instance, ...own };
}

function gatewayPorts(grpcPort: number, httpPort: number): Record<string, string> {
  return { WAYBILL_GRPC_PORT: `${grpcPort}`, WAYBILL_HTTP_PORT: `${httpPort}` };
}

function servicePorts(port: number, metricsPort: number): Record<string, string> {
  return { WAYBILL_SERVICE_PORT: `${port}`, WAYBILL_METRICS_PORT: `${metricsPort}` };
}
