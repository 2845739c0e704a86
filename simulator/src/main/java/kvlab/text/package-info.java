/** Numbers as text. */
@NullMarked
package kvlab.text;

import org.jspecify.annotations.NullMarked;
