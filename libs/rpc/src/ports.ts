// One service interface, whatever carries it. Handlers and callers see these types and no transport.

/** Encodes and decodes one message type; ts-proto generates these. */
export interface MessageCodec<Message> {
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
  fromPartial(partial: never): Message;
}

export interface MethodDefinition {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the message types are recovered by inference below
  readonly requestType: any;
  readonly requestStream: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the message types are recovered by inference below
  readonly responseType: any;
  readonly responseStream: boolean;
}

/** A service as ts-proto describes it (`outputServices=generic-definitions`). */
export interface ServiceDescription {
  readonly name: string;
  readonly fullName: string;
  readonly methods: { readonly [method: string]: MethodDefinition };
}

export type RequestOf<Method extends MethodDefinition> = ReturnType<Method['requestType']['decode']>;
export type ResponseOf<Method extends MethodDefinition> = ReturnType<Method['responseType']['decode']>;

/** What a handler may know of the call besides its message. */
export interface HandlerContext {
  /** Aborts when the caller cancels, its deadline passes or the server is forced to stop. */
  readonly signal: AbortSignal;
  /** Milliseconds left when the handler was called; undefined when the caller set no deadline. */
  readonly timeLeftMs: number | undefined;
  /** Trace context and the like; lower-case names. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a caller may add to a call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** The call fails with `timeout` after this. */
  readonly timeoutMs?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A method that takes one message and answers with one, or with a stream of them. */
export type Handler<Method extends MethodDefinition> = Method['responseStream'] extends true
  ? (request: RequestOf<Method>, context: HandlerContext) => AsyncIterable<ResponseOf<Method>>
  : (request: RequestOf<Method>, context: HandlerContext) => Promise<ResponseOf<Method>>;

/** An implementation of every method. A throw of a FaultError arrives as the same fault at the caller. */
export type Handlers<Service extends ServiceDescription> = {
  readonly [Method in keyof Service['methods']]: Handler<Service['methods'][Method]>;
};

export type CallerMethod<Method extends MethodDefinition> = Method['responseStream'] extends true
  ? (request: RequestOf<Method>, options?: CallOptions) => AsyncIterable<ResponseOf<Method>>
  : (request: RequestOf<Method>, options?: CallOptions) => Promise<ResponseOf<Method>>;

/**
 * The typed client, the same in process and over gRPC. Calls throw a FaultError: the handler's own fault,
 * `unavailable` when the server cannot be reached, `timeout`, or `cancelled`. What is handed over is a copy.
 * Leaving the loop over a streamed answer early cancels the call.
 *
 * A call that no handler began says so: its `unavailable`, `timeout` or `cancelled` has the detail
 * `reason: 'not_sent'` (see wasNotSent). That is the case when the request never left this process, or when the server
 * refused it without handing it to a handler: the service is not on offer yet, the server is draining or overloaded.
 * Without the detail a handler may have begun, and may go on. A call that one replica refused is given to another
 * before the caller hears of it.
 *
 * A handler that is not in charge of what it is asked for does nothing and answers `elsewhere(address)`. The client
 * goes on to the replica that the answer names and keeps to it for calls of the same affinity, until that one is gone
 * or sends it elsewhere too. When the answer names nobody, or replicas go on naming each other, the client waits a
 * little (some 50 ms) and asks again, until the call's own time is over.
 */
export type Client<Service extends ServiceDescription> = {
  readonly [Method in keyof Service['methods']]: CallerMethod<Service['methods'][Method]>;
};

/** A service offered to callers. */
export interface Offer<Service extends ServiceDescription = ServiceDescription> {
  readonly service: Service;
  readonly handlers: Handlers<Service>;
}

/** How the calls of one client are carried. */
export interface ClientOptions<Service extends ServiceDescription> {
  /** Names what a request is about, such as a tenant: where it was answered, the next one about it goes first. */
  readonly affinity?: (request: RequestOf<Service['methods'][string]>) => string | undefined;
}

/** How clients reach services: in process, or over gRPC. */
export interface Transport {
  client<Service extends ServiceDescription>(service: Service, options?: ClientOptions<Service>): Client<Service>;
  close(): Promise<void>;
}
