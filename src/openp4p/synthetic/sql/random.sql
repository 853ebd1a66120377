-- Uniform numbers that depend on the seed, a name and two keys, and on nothing else: no version of
-- the engine, no order of rows, no thread. Products modulo primes around one fold of the high bits.
create macro stream(name) as (md5_number_lower(name || '/' || seed()) & 4294967295::ubigint);
create macro keyed(name, a, b) as
    (a::ubigint * 2654435769::ubigint + b::ubigint * 2246822519::ubigint + stream(name))
    % 4294967291::ubigint;
create macro folded(x) as
    xor(x, x >> 15) * 2246822507::ubigint % 4294967279::ubigint * 3266489917::ubigint
    % 4294967231::ubigint;
create macro u(name, a, b) as (folded(keyed(name, a, b))::double + 0.5) / 4294967231.0;
-- nearly normal, mean 0 and deviation 1: four uniforms (Irwin-Hall)
create macro z(name, a) as
    (u(name, a, 1) + u(name, a, 2) + u(name, a, 3) + u(name, a, 4) - 2.0) * 1.7320508075688772;
create macro zz(name, a, b) as
    (u(name, a, b * 4) + u(name, a, b * 4 + 1) + u(name, a, b * 4 + 2) + u(name, a, b * 4 + 3) - 2.0) * 1.7320508075688772;
create macro among(name, a, b, n) as floor(u(name, a, b) * n)::bigint;
create macro jan1(y) as make_date(y, 1, 1);
create macro month_index(day) as
    ((extract(year from day) - (performance_year() - 1)) * 12 + extract(month from day) - 1)::bigint;
create macro covered(day, entry_date, death_date, ma_from, ma_to) as
    day >= entry_date and (death_date is null or day <= death_date)
    and not month_index(day) between ma_from and ma_to;
-- numbers that no professional can have (real ones begin with 1 or 2), with a check digit that fits;
-- the first digit counts hundreds of markets
create macro doubled(digit) as (2 * digit) // 10 + (2 * digit) % 10;
create macro digit(text, place) as substr(text, place, 1)::integer;
create macro checked_npi(nine) as nine || ((10 - (24
    + doubled(digit(nine, 1)) + digit(nine, 2) + doubled(digit(nine, 3)) + digit(nine, 4)
    + doubled(digit(nine, 5)) + digit(nine, 6) + doubled(digit(nine, 7)) + digit(nine, 8)
    + doubled(digit(nine, 9))) % 10) % 10)::varchar;
create macro npi_of(n) as checked_npi(
    '98765430'[1 + n // 100000000] || lpad((n % 100000000)::varchar, 8, '0'));
create macro tin_of(practice_id) as '00' || lpad((100001 + practice_id)::varchar, 7, '0');
