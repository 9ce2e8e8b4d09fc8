// Where a call goes: to the replica its affinity belongs to, to one it is sent to, or to the least busy.
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import type { Carrier, PackedCall } from '../carrier.ts';
import { type Itinerary, pause } from '../roaming.ts';
import { isElsewhere } from '../turned-away.ts';
import { isAddress } from './address.ts';
import type { Affinities } from './affinities.ts';
import type { Replica } from './replica.ts';
import type { Replicas } from './replicas.ts';

/** Redirects that are followed without a pause; then the replicas have to agree first. */
const hopsMax = 4;

/** The way of one call over the replicas. An object of this class for each call costs less than its closures would. */
export class ReplicaItinerary implements Itinerary<Uint8Array> {
  readonly #replicas: Replicas;
  readonly #affinities: Affinities;
  readonly #call: PackedCall<Uint8Array>;
  #at: Replica | undefined;
  #sentTo: string | undefined;
  #hops = 0;
  #refusal: Fault | undefined;
  #refusing: Set<Replica> | undefined;

  constructor(replicas: Replicas, affinities: Affinities, call: PackedCall<Uint8Array>) {
    this.#replicas = replicas;
    this.#affinities = affinities;
    this.#call = call;
  }

  next(): Carrier<Uint8Array> | Promise<Carrier<Uint8Array>> {
    if (this.#sentTo !== undefined) return this.#follow(this.#sentTo);
    this.#at = this.#remembered() ?? this.#replicas.pick(this.#refusing);
    return this.#at?.connection ?? this.#find();
  }

  async turnedAway(reason: Fault): Promise<void> {
    if (isElsewhere(reason)) return this.#redirect(reason.details.address);
    this.#refusal = reason;
    // One whose connection was lost has refused nothing: it may be dialled again.
    if (!this.#at?.connection) return;
    this.#at.refused();
    this.#refusing ??= new Set();
    this.#refusing.add(this.#at);
  }

  /** The replica that calls of this affinity went to before; it is forgotten once it is gone or has fallen silent. */
  #remembered(): Replica | undefined {
    const { affinity } = this.#call;
    if (affinity === undefined) return undefined;
    const address = this.#affinities.get(affinity);
    const replica = address === undefined ? undefined : this.#replicas.known(address);
    if (replica?.connection && !replica.isShunned && !this.#refusing?.has(replica)) return replica;
    this.#affinities.forget(affinity);
    return undefined;
  }

  async #find(): Promise<Carrier<Uint8Array>> {
    const { scope } = this.#call;
    try {
      this.#at = await this.#replicas.find(scope, this.#refusing);
    } catch (thrown) {
      scope.throwIfAborted();
      throw this.#refusal === undefined ? thrown : new FaultError(this.#refusal);
    }
    return this.#at.connection ?? this.#find();
  }

  async #redirect(address: string | undefined): Promise<void> {
    if (this.#call.affinity !== undefined) this.#affinities.forget(this.#call.affinity);
    if (address === undefined || this.#hops >= hopsMax) return this.#startAfresh();
    if (!isAddress(address)) throw new FaultError(noAddress(address));
    this.#hops += 1;
    this.#sentTo = address;
  }

  async #follow(address: string): Promise<Carrier<Uint8Array>> {
    const { scope, affinity } = this.#call;
    this.#at = this.#replicas.at(address);
    this.#sentTo = undefined;
    try {
      const connection = await scope.until(this.#at.connect());
      if (!connection.isSilent) {
        if (affinity !== undefined) this.#affinities.remember(affinity, address);
        return connection;
      }
    } catch (thrown) {
      scope.throwIfAborted();
      if (faultOf(thrown).kind !== 'unavailable') throw new FaultError(noAddress(address, thrown));
    }
    // Whoever was in charge is gone or silent; the others will know before long who is next.
    await this.#startAfresh();
    return this.next();
  }

  async #startAfresh(): Promise<void> {
    await pause(this.#call.scope);
    this.#hops = 0;
    this.#refusing = undefined;
  }
}

function noAddress(address: string, cause?: unknown): Fault {
  return fault('unavailable', `a replica sent the call to ${JSON.stringify(address)}, which cannot be dialled`, {
    cause,
  });
}
