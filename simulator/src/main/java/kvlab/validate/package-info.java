/** The simulator held against recorded truth: schedules of the real vLLM, published figures. */
@NullMarked
package kvlab.validate;

import org.jspecify.annotations.NullMarked;
