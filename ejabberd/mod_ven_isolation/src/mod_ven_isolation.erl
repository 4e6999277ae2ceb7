%% An ejabberd module that keeps the accounts of a host apart: OpenADR 2.0b, rule 515 and section 9.3.5, want VENs to communicate with
%% their VTN and with nobody else.
%%
%% An account communicates with itself, with the server, and with those whom the option `access` allows, in both directions.
%% Everything else is dropped: from account to account, and through other services of the server, such as chat rooms. The sender of
%% an IQ or a message gets the error `forbidden`.
%%
%% The module also keeps an account from occupying the server with many small stanzas, which a shaper does not notice since it counts
%% bytes: all sessions of an account together are read at `stanza_rate`, after `stanza_burst` stanzas at once. Nothing is dropped.
%%
%% Why not mod_filter of ejabberd-contrib: its rules about who may send to whom need a change to ejabberd itself, which neither
%% Debian's nor the official packages have.
%%
%% The module needs no headers of ejabberd, so it compiles on any machine that ejabberd runs on; install-modules does that.
-module(mod_ven_isolation).

-behaviour(gen_server).

-export([start/2, stop/1, reload/3, depends/2, mod_opt_type/1, mod_options/1, mod_doc/0]).
-export([filter_packet/1, user_send_packet/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3]).

%% The longest pause in reading a session after one stanza, in microseconds.
-define(LONGEST_PAUSE, 1000000).
%% How often accounts that owe nothing are forgotten, in milliseconds.
-define(FORGET_EVERY, 60000).

start(Host, Opts) -> gen_mod:start_child(?MODULE, Host, Opts).

stop(Host) -> gen_mod:stop_child(?MODULE, Host).

reload(_Host, _New, _Old) -> ok.

depends(_Host, _Opts) -> [].

mod_opt_type(access) -> econf:acl();
mod_opt_type(stanza_rate) -> econf:pos_int();
mod_opt_type(stanza_burst) -> econf:pos_int().

mod_options(_Host) -> [{access, none}, {stanza_rate, 100}, {stanza_burst, 500}].

mod_doc() ->
    #{desc => "Keeps the accounts of a host apart.",
      opts => [{access, #{value => "AccessName", desc => "Whom every account may speak with. The default is none."}},
               {stanza_rate,
                #{value => "Number",
                  desc => "Stanzas a second that are read of one account, all its sessions together. The default is 100."}},
               {stanza_burst,
                #{value => "Number",
                  desc => "Stanzas that an account may send at once before it is held to stanza_rate. The default is 500."}}]}.

%% A process for each host owns the table of its accounts. The process that starts the module may be that of a command, which ends.
init([Host | _]) ->
    process_flag(trap_exit, true),
    _ = ets:new(table(Host), [named_table, public, {write_concurrency, true}]),
    ejabberd_hooks:add(filter_packet, ?MODULE, filter_packet, 50),
    ejabberd_hooks:add(user_send_packet, Host, ?MODULE, user_send_packet, 10),
    erlang:send_after(?FORGET_EVERY, self(), forget),
    {ok, Host}.

terminate(_Reason, Host) ->
    ejabberd_hooks:delete(user_send_packet, Host, ?MODULE, user_send_packet, 10),
    case gen_mod:is_loaded_elsewhere(Host, ?MODULE) of
        true -> ok;
        false -> ejabberd_hooks:delete(filter_packet, ?MODULE, filter_packet, 50)
    end.

handle_call(_Request, _From, Host) -> {noreply, Host}.

handle_cast(_Message, Host) -> {noreply, Host}.

handle_info(forget, Host) ->
    ets:select_delete(table(Host), [{{'_', '$1'}, [{'<', '$1', now_us()}], [true]}]),
    erlang:send_after(?FORGET_EVERY, self(), forget),
    {noreply, Host};
handle_info(_Message, Host) -> {noreply, Host}.

code_change(_Old, Host, _Extra) -> {ok, Host}.

%% The process of a session calls this for every stanza that its client sends. While it sleeps, its client is not read, and nobody
%% else waits. The table holds, for each account, when its stanzas would have come at `stanza_rate` (GCRA).
user_send_packet({_Packet, #{jid := JID}} = Acc) ->
    {User, Host, _} = jid:tolower(JID),
    Interval = max(1, 1000000 div gen_mod:get_module_opt(Host, ?MODULE, stanza_rate)),
    Ahead = Interval * gen_mod:get_module_opt(Host, ?MODULE, stanza_burst),
    case count(table(Host), User, Interval, now_us(), Ahead + ?LONGEST_PAUSE) - Ahead of
        Pause when Pause > 0 -> timer:sleep((Pause + 999) div 1000);
        _ -> ok
    end,
    Acc;
user_send_packet(Acc) -> Acc.

%% Counts one more stanza, and returns how far the account is ahead of its rate, in microseconds.
count(Table, User, Interval, Now, Most) ->
    Due = ets:update_counter(Table, User, {2, Interval}, {User, Now}),
    case max(Now + Interval, min(Due, Now + Most)) of
        Due -> ok;
        Other -> ets:insert(Table, {User, Other})
    end,
    max(Interval, min(Due - Now, Most)).

now_us() -> erlang:monotonic_time(microsecond).

table(Host) -> gen_mod:get_module_proc(Host, ?MODULE).

%% ejabberd's router calls this for every stanza. The error about a dropped stanza goes back with a mark, so that it may pass.
filter_packet(drop) -> drop;
filter_packet(Packet) ->
    From = jid:tolower(xmpp:get_from(Packet)),
    To = jid:tolower(xmpp:get_to(Packet)),
    case may_pass(From, To) orelse xmpp:get_meta(Packet, ?MODULE, false) of
        true ->
            Packet;
        false ->
            refuse(element(1, Packet), Packet),
            {stop, drop}
    end.

may_pass({User, Host, _}, {User, Host, _}) -> true;
may_pass(From, To) ->
    case is_kept_apart(From) orelse is_kept_apart(To) of
        true -> is_server(From) orelse is_server(To) orelse is_allowed(From, To) orelse is_allowed(To, From);
        false -> true
    end.

is_kept_apart({<<>>, _, _}) -> false;
is_kept_apart({_, Host, _}) -> gen_mod:is_loaded(Host, ?MODULE).

is_server({<<>>, Host, _}) -> ejabberd_router:is_my_host(Host);
is_server(_) -> false.

%% The account of the first address may speak with the second.
is_allowed({_, Host, _} = Account, Other) ->
    is_kept_apart(Account) andalso
        acl:match_rule(Host, gen_mod:get_module_opt(Host, ?MODULE, access), jid:make(Other)) =:= allow.

refuse(presence, _) -> ok;
refuse(_, Packet) ->
    Error = xmpp:err_forbidden(<<"Only the VTN and the server may be spoken with">>, xmpp:get_lang(Packet)),
    ejabberd_router:route_error(xmpp:put_meta(Packet, ?MODULE, true), Error).
