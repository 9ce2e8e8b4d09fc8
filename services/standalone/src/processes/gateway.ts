// `waybill up` in a process of its own.
import { type Child, startChild } from './child.ts';

export interface GatewayProcess extends Pick<Child, 'pid' | 'exited' | 'kill' | 'stop'> {
  /** Such as http://127.0.0.1:8080. */
  readonly url: string;
  /** host:port. */
  readonly grpcAddress: string;
}

export interface GatewayProcessOptions {
  readonly configurationFile: string;
  readonly dataDirectory: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly onLog?: (text: string) => void;
}

/** Starts it on free ports of the loopback address; resolves when it takes calls. */
export async function startGatewayProcess(options: GatewayProcessOptions): Promise<GatewayProcess> {
  const child = await startChild({
    entry: new URL('../cli.ts', import.meta.url),
    arguments: [
      ...['up', '--config', options.configurationFile, '--data-dir', options.dataDirectory],
      ...['--host', '127.0.0.1', '--http-port', '0', '--grpc-port', '0'],
    ],
    environment: options.environment,
    ready: (printed) => (printed.includes('Stop with Ctrl-C.') ? printed : undefined),
    onError: options.onLog,
  });
  const { pid, exited, kill, stop, answer } = child;
  return { pid, exited, kill, stop, url: find(answer, /HTTP\s+(\S+)/), grpcAddress: find(answer, /gRPC\s+(\S+)/) };
}

function find(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[1] ?? '';
}
