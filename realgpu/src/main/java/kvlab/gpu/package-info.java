/** The experiment on a device. */
@NullMarked
package kvlab.gpu;

import org.jspecify.annotations.NullMarked;
