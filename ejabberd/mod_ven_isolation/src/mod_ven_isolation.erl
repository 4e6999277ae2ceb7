%% An ejabberd module that keeps the accounts of a host apart: OpenADR 2.0b, rule 515 and section 9.3.5, want VENs to speak with
%% their VTN and with nobody else.
%%
%% An account speaks with itself, with the server, and with those whom the option `access` allows, in both directions. Everything
%% else is dropped: from account to account, and by way of other services of the server, such as chat rooms. Who sent an IQ or
%% a message gets the error `forbidden`.
%%
%% Why not mod_filter of ejabberd-contrib: its rules about who may send to whom need a change to ejabberd itself, which neither
%% Debian's nor the official packages have.
%%
%% It needs no headers of ejabberd, so that it compiles on any machine that ejabberd runs on; install-modules does that.
-module(mod_ven_isolation).

-export([start/2, stop/1, reload/3, depends/2, mod_opt_type/1, mod_options/1, mod_doc/0]).
-export([filter_packet/1]).

start(_Host, _Opts) ->
    ejabberd_hooks:add(filter_packet, ?MODULE, filter_packet, 50).

stop(Host) ->
    case gen_mod:is_loaded_elsewhere(Host, ?MODULE) of
        true -> ok;
        false -> ejabberd_hooks:delete(filter_packet, ?MODULE, filter_packet, 50)
    end.

reload(_Host, _New, _Old) -> ok.

depends(_Host, _Opts) -> [].

mod_opt_type(access) -> econf:acl().

mod_options(_Host) -> [{access, none}].

mod_doc() ->
    #{desc => "Keeps the accounts of a host apart.",
      opts => [{access, #{value => "AccessName", desc => "Whom every account may speak with. The default is none."}}]}.

%% ejabberd's router asks for every stanza. The error that tells of a dropped one goes the other way, marked.
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
