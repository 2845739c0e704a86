/**
 * KV-cache memory: the pool of pages, the page table, and the allocators that write it.
 *
 * <p>One picture serves every design: <b>a reservation is a page-table row that is one consecutive
 * run</b>. Contiguous and paged designs share the table, so scheduler, batch, metrics and kernels do
 * not know which one they work with.
 */
@NullMarked
package kvlab.kv;

import org.jspecify.annotations.NullMarked;
