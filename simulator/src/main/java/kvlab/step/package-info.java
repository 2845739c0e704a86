/** What a step costs: the batch of one step and the clocks that time it. */
@NullMarked
package kvlab.step;

import org.jspecify.annotations.NullMarked;
