import type { Server, ServerDuplexStream, UntypedHandleCall } from '@grpc/grpc-js';

/** Streams of health watchers and the like, which last until somebody ends them. */
export interface DrainableStreams {
  /** Registers services like the server itself, and remembers their open streams. */
  readonly registrar: Pick<Server, 'addService'>;
  /** Ends those streams, so that they do not hold up the server's end. */
  end(): void;
}

export function drainableStreams(server: Server): DrainableStreams {
  const open = new Set<{ end(): void }>();
  const remember =
    (handler: UntypedHandleCall) =>
    (call: ServerDuplexStream<unknown, unknown>, ...rest: unknown[]) => {
      if (typeof call.end === 'function') {
        open.add(call);
        call.on('cancelled', () => open.delete(call));
      }
      return (handler as (...words: unknown[]) => void)(call, ...rest);
    };
  return {
    registrar: {
      addService(service, implementation) {
        const handlers = Object.entries(implementation).map(([name, handler]) => [name, remember(handler)]);
        server.addService(service, Object.fromEntries(handlers));
      },
    },
    end() {
      for (const call of open) call.end();
    },
  };
}
