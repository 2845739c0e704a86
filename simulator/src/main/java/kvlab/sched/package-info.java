/** Who runs: request queues and the schedulers of the engines that are modelled.
 *
 * <p>Nothing here can see how many tokens a request will generate. */
@NullMarked
package kvlab.sched;

import org.jspecify.annotations.NullMarked;
