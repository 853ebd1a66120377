-- Uniform numbers that depend on the seed, a name and two keys, and on nothing else: no engine
-- version, no order of rows, no thread. A 32-bit finaliser of multiplications and shifts.
create macro low(x) as x & 4294967295::ubigint;
create macro mixed_once(x) as low(xor(x, x >> 16) * 2246822507::ubigint);
create macro mixed_twice(x) as low(xor(x, x >> 13) * 3266489909::ubigint);
create macro mixed(x) as xor(x, x >> 16);
create macro stream(name) as (md5_number_lower(name || '/' || seed()) & 4294967295::ubigint);
create macro keyed(name, a, b) as
    low(low(a::ubigint * 2654435769::ubigint) + low(b::ubigint * 2246822519::ubigint) + stream(name));
create macro u(name, a, b) as
    (mixed(mixed_twice(mixed_once(keyed(name, a, b))))::double + 0.5) / 4294967296.0;
-- nearly normal, mean 0 and deviation 1: four uniforms (Irwin-Hall)
create macro z(name, a) as
    (u(name, a, 1) + u(name, a, 2) + u(name, a, 3) + u(name, a, 4) - 2.0) * 1.7320508075688772;
create macro among(name, a, b, n) as floor(u(name, a, b) * n)::bigint;
create macro jan1(y) as make_date(y, 1, 1);
