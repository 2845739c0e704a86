/**
 * How much a GPU holds, and how many GPUs a trace needs, at an objective for latency.
 *
 * <pre>
 *   trace, design  ->  trials at rates and numbers of servers  ->  Slo  ->  bracket  ->  Binding
 * </pre>
 */
@NullMarked
package kvlab.plan;

import org.jspecify.annotations.NullMarked;
