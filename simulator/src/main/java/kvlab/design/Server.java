package kvlab.design;

import java.util.Optional;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageHashes;
import kvlab.kv.PageTable;
import kvlab.kv.Reservation;
import kvlab.sched.Requests;
import kvlab.sched.Scheduler;

/**
 * One design set up on one pool, ready to serve.
 *
 * @param requests what the server knows of the requests in flight
 * @param table the page table that the allocator writes
 * @param reservation how much a request claims on arrival
 * @param maxSequences the most requests that can be in one step
 * @param hashes what arriving prompts hold, where the design shares pages
 */
public record Server(
    Requests requests,
    PageTable table,
    KvAllocator allocator,
    Scheduler scheduler,
    Reservation reservation,
    int maxSequences,
    Optional<PageHashes> hashes) {}
