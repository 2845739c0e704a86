/** A Llama-shaped model on a device as the step clock of a replay. */
@NullMarked
package kvlab.gpu.run;

import org.jspecify.annotations.NullMarked;
