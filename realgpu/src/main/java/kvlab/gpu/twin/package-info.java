/** The CPU twin: the kernels compiled for the CPU behind a stand-in driver. */
@NullMarked
package kvlab.gpu.twin;

import org.jspecify.annotations.NullMarked;
